import CProvenanceSystem

/// Makes the allocator return freed memory to the system. Call it at the start of a program.
///
/// glibc raises its thresholds as large blocks are freed, and from then on keeps freed memory: 15 MB over 200,000
/// posts. It also makes up to eight arenas a core. The limit is one arena for each thread: the ones that read and sign
/// (one a core), the one that commits and the one that inserts rows into the index. With fewer arenas the threads wait
/// for each other.
public func keepMemorySmall() { cfiles_keep_memory_small(Int32(clamping: coreCount + 2)) }

/// Keeps this process's memory private: it leaves no core dump, and other processes of the same user cannot read it.
/// Irreversible; call it before the first secret is read.
public func keepSecrets() { cfiles_keep_secrets() }
