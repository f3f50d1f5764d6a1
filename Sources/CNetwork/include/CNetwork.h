#ifndef PROVENANCE_CNETWORK_H
#define PROVENANCE_CNETWORK_H

#include <stddef.h>

/// Asks for an address with GET, without content, and drops the answer. libcurl is loaded when this is first called.
///
/// Returns 0, with the status of the answer in `status`; or -1, with a reason in `reason`. Redirects are not followed.
int cnetwork_get(const char *address, const char *agent, long timeout_ms, long *status, char *reason, size_t length);

#endif
