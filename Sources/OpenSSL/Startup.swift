import CProvenanceOpenSSL

/// Initialises libcrypto without its configuration file. Programs, not libraries, call it before any other use of
/// libcrypto.
///
/// Nothing that `openssl.cnf` or `OPENSSL_CONF` names is loaded, so no engine or provider can replace libcrypto's own
/// code. The table of cipher and digest names is not filled either, since algorithms are fetched here. That saves a
/// millisecond, a tenth of verifying a post.
///
/// "OPENSSL_INIT_NO_LOAD_CONFIG: With this option the loading of the configuration file … is suppressed."
///
/// - Throws: `OpenSSLError` when its SHA-256 fails the known answer of FIPS 180-4, the only check that hashing needs.
public func startLibcrypto() throws(OpenSSLError) {
    let options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS
    // A failure is not checked: it recurs and is reported where libcrypto is used.
    _ = OPENSSL_init_crypto(UInt64(options), nil)
    try SHA256.check()
}
