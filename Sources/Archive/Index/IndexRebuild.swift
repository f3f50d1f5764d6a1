import ProvenanceVerification

extension LogView {
    /// Deletes and rebuilds the index while holding the lock.
    ///
    /// - Returns: The number of entries it was built from.
    public func rebuildIndex(lockTimeout: Double, progress: (UInt64) -> Void = { _ in }) throws(Problem) -> UInt64 {
        let lock = try archive.takeLock(timeout: lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        // Read again under the lock: an `add` may have finished while this waited for it.
        let current = try LogView(archive, trust: .nothing)
        return try wrapped {
            let location = archive.indexLocation
            try location.remove()
            try IndexBuilder.update(
                try location.openForWriting(isNewLog: false), to: current.reader, archive: archive, progress: progress)
            return current.size
        }
    }
}
