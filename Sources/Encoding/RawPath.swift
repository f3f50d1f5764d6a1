import Glibc

/// A path as the operating system handles it: bytes without NUL, UTF-8 or not, never normalised.
public struct RawPath: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The bytes.
    public let bytes: [UInt8]

    /// A path from bytes; everything from the first NUL is dropped, as the system does.
    public init(_ bytes: some Sequence<UInt8>) {
        let all = Array(bytes)
        self.bytes = if let end = all.firstIndex(of: 0) { Array(all[..<end]) } else { all }
    }

    /// A path from bytes that are known to have no NUL, such as listed names and joined paths.
    public init(plain bytes: [UInt8]) { self.bytes = bytes }

    /// A path from text.
    public init(_ text: String) { self.init(text.utf8) }

    /// A path from a literal.
    public init(stringLiteral value: String) { self.init(value.utf8) }

    /// The text, when the bytes are UTF-8.
    public var text: String? {
        // Avoids `String(validating:as:)`, which looks up its generic types on every call.
        guard let text = try? UTF8Span(validating: bytes.span) else { return nil }
        return String(copying: text)
    }

    /// For messages: invalid bytes show as U+FFFD; the code that prints it escapes control characters.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether it starts at the root of the file system.
    public var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }

    /// The path of `name` below this one; an absolute `name` replaces it, an empty path or `.` is dropped.
    public func appending(_ name: RawPath) -> RawPath {
        if name.isAbsolute || bytes.isEmpty || bytes == [UInt8(ascii: ".")] { return name }
        if name.bytes.isEmpty || name.bytes == [UInt8(ascii: ".")] { return self }
        var path: [UInt8] = []
        path.reserveCapacity(bytes.count + 1 + name.bytes.count)
        path.append(contentsOf: bytes)
        if bytes.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        path.append(contentsOf: name.bytes)
        return RawPath(plain: path)
    }

    /// The path of `name` below this one.
    public func appending(_ name: String) -> RawPath { appending(RawPath(name)) }

    /// The elements between slashes, empty ones and `.` left out.
    public var elements: [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([UInt8(ascii: ".")]) }
    }

    /// The last element, or the whole path.
    public var lastElement: RawPath { RawPath(elements.last ?? bytes[...]) }

    /// The first element of a relative path that has more than one; `.` for a bare name.
    public var topFolder: RawPath {
        let elements = elements
        guard elements.count > 1, let first = elements.first else { return "." }
        return RawPath(first)
    }

    /// The folder that contains the path: `.` for a bare name, `/` for `/`; trailing slashes are ignored.
    public var parent: RawPath {
        let slash = UInt8(ascii: "/")
        guard let last = bytes.lastIndex(where: { $0 != slash }) else { return bytes.isEmpty ? "." : "/" }
        guard let before = bytes[..<last].lastIndex(of: slash) else { return "." }
        guard let end = bytes[..<before].lastIndex(where: { $0 != slash }) else { return "/" }
        return RawPath(bytes[...end])
    }

    /// Whether it is relative and made of plain names only: no `..`, `.`, empty element or leading slash.
    public var isPlainRelative: Bool {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return !bytes.isEmpty
            && parts.allSatisfy {
                !$0.isEmpty && !$0.elementsEqual([UInt8(ascii: ".")]) && !$0.elementsEqual(Array("..".utf8))
            }
    }

    /// This path relative to a folder, both given relative to the same place; `nil` when it is not below the folder.
    public func below(_ folder: RawPath) -> RawPath? {
        if folder == "." { return self }
        guard bytes.starts(with: folder.bytes + [UInt8(ascii: "/")]) else { return nil }
        return RawPath(bytes.dropFirst(folder.bytes.count + 1))
    }

    /// Order of the raw bytes.
    public static func < (left: RawPath, right: RawPath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Calls `body` with the path as a C string.
    public func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            buffer[bytes.count] = 0
            guard let base = buffer.baseAddress else { return body([0]) }
            return body(base)
        }
    }
}
