// What Swift's importer cannot see of libcrypto (macros), as inline functions. Nothing else belongs here.
#ifndef PROVENANCE_COPENSSL_SHIM_H
#define PROVENANCE_COPENSSL_SHIM_H

// The SHA256_* calls are "deprecated" in favour of EVP, which allocates for every digest.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/opensslv.h>
#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "OpenSSL 3.0 or later is needed (Debian 12: apt-get install libssl-dev)"
#endif

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

static inline long provenance_bio_data(BIO *bio, char **data) {
    return BIO_get_mem_data(bio, data);
}

#endif
