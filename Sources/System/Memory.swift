import CProvenanceSystem

/// Keeps the process from holding on to memory that it has freed; for the start of a program.
///
/// glibc raises its thresholds as large blocks come and go, and then keeps what it was given back: over 200,000 posts that
/// is 15 MB. It also makes up to eight arenas a core. A thread for each core reads and signs, one commits and one takes rows
/// into the index; with fewer arenas than these they wait for each other.
public func keepMemorySmall() { cfiles_keep_memory_small(Int32(clamping: coreCount + 2)) }

/// Keeps what is in this process's memory in it: no core dump, and no look by another process of the same user. For good,
/// and before the first secret is read.
public func keepSecrets() { cfiles_keep_secrets() }
