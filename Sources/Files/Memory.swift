import CFiles

/// Keeps the process from holding on to memory that it has freed; for the start of a program.
///
/// glibc raises its thresholds as large blocks come and go, and then keeps what it was given back: over 200,000 posts that
/// is 15 MB. Two threads do the work, so two arenas are enough.
public func keepMemorySmall() { cfiles_keep_memory_small() }

/// Keeps what is in this process's memory in it: no core dump, and no look by another process of the same user. For good,
/// and before the first secret is read.
public func keepSecrets() { cfiles_keep_secrets() }
