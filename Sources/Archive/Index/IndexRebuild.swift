import ProvenanceVerification

extension LogView {
    /// Deletes the index and builds it again, under the lock.
    ///
    /// - Returns: the number of entries it was built from.
    public func rebuildIndex(lockTimeout: Double, progress: (UInt64) -> Void = { _ in }) throws(Problem) -> UInt64 {
        let lock = try archive.takeLock(timeout: lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        // What was read before the lock was had may be old by now.
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
