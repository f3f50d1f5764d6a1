/// The index of an entry, as it is written in names and on command lines.
public enum EntryIndex {
    /// Reads digits without sign or leading zeros.
    ///
    /// - Returns: `nil` for anything else, so that each index has one spelling.
    public static func parse(_ text: some StringProtocol) -> UInt64? {
        guard let value = UInt64(text), String(value).utf8.elementsEqual(text.utf8) else { return nil }
        return value
    }
}
