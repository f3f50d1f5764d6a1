// libcurl by dlopen: a program that never uses the network neither links nor loads it. setopt is variadic, which Swift
// cannot call.
#include "CNetwork.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// From curl/curl.h, whose numbers never change: "existing options will not be changed".
enum {
    option_address = 10002,
    option_error = 10010,
    option_agent = 10018,
    option_write = 20011,
    option_no_signal = 99,
    option_follow = 52,
    option_timeout_ms = 155,
    option_connect_timeout_ms = 156,
    option_protocols = 10318,
    info_status = 0x200002,
    error_size = 256
};

typedef void *(*init_function)(void);
typedef int (*set_function)(void *, int, ...);
typedef int (*perform_function)(void *);
typedef int (*info_function)(void *, int, ...);
typedef void (*cleanup_function)(void *);

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

int cnetwork_get(const char *address, const char *agent, long timeout_ms, long *status, char *reason, size_t length) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(reason, length, "libcurl is not installed (Debian: libcurl4)");
        return -1;
    }
    init_function init = (init_function)dlsym(library, "curl_easy_init");
    set_function set = (set_function)dlsym(library, "curl_easy_setopt");
    perform_function perform = (perform_function)dlsym(library, "curl_easy_perform");
    info_function info = (info_function)dlsym(library, "curl_easy_getinfo");
    cleanup_function cleanup = (cleanup_function)dlsym(library, "curl_easy_cleanup");
    if (init == NULL || set == NULL || perform == NULL || info == NULL || cleanup == NULL) {
        snprintf(reason, length, "this libcurl lacks a function that is needed");
        return -1;
    }
    void *handle = init();
    if (handle == NULL) {
        snprintf(reason, length, "libcurl cannot be started");
        return -1;
    }
    char error[error_size] = "";
    int failure = set(handle, option_address, address);
    if (failure == 0) failure = set(handle, option_protocols, "http,https");
    if (failure == 0) failure = set(handle, option_error, error);
    if (failure == 0) failure = set(handle, option_agent, agent);
    if (failure == 0) failure = set(handle, option_write, drop);
    // Without signals a look-up of a name that hangs ends by the time limit too, on libcurl's own thread.
    if (failure == 0) failure = set(handle, option_no_signal, 1L);
    if (failure == 0) failure = set(handle, option_follow, 0L);
    if (failure == 0) failure = set(handle, option_timeout_ms, timeout_ms);
    if (failure == 0) failure = set(handle, option_connect_timeout_ms, timeout_ms);
    if (failure == 0) failure = perform(handle);
    if (failure == 0) failure = info(handle, info_status, status);
    cleanup(handle);
    if (failure == 0) return 0;
    snprintf(reason, length, "%s (libcurl's error %d)", error[0] != 0 ? error : "no answer", failure);
    return -1;
}
