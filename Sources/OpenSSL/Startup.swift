import CProvenanceOpenSSL

/// Starts libcrypto without its configuration file, before anything else is asked of it; for a program, not a library.
///
/// Nothing that `openssl.cnf` or `OPENSSL_CONF` names is loaded then: no engine and no provider that could answer for
/// libcrypto's own code. Nor are all ciphers and digests entered into its table of names: what is used here is fetched.
/// That takes a millisecond less, a tenth of verifying a post.
///
/// "OPENSSL_INIT_NO_LOAD_CONFIG: With this option the loading of the configuration file … is suppressed."
///
/// - Throws: `OpenSSLError` when its SHA-256 is not that of FIPS 180-4: the one thing about hashing that can be wrong.
public func startLibcrypto() throws(OpenSSLError) {
    let options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS
    // What fails here fails again, and is reported, where libcrypto is used.
    _ = OPENSSL_init_crypto(UInt64(options), nil)
    try SHA256.check()
}
