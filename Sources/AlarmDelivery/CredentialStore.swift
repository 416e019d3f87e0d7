import FoundationEssentials

/// The credentials folder: one secret a file, put there by systemd (LoadCredential=) or by the person who tries the demo.
package struct CredentialStore: Sendable {
    private let folder: String

    /// - Parameter folder: `$CREDENTIALS_DIRECTORY` or the site's own.
    package init(folder: String) { self.folder = folder }

    /// Reads a secret: the file's bytes without a line end at the end.
    /// - Parameter name: as in the site file. systemd prefixes the files of a loaded folder: `secrets_<name>` counts as well.
    package func secret(named name: String) throws(CredentialFault) -> Secret {
        let path = try path(ofFileNamed: name)
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { throw .unreadable(name: name) }
        guard data.count <= 65_536 else { throw .tooLong(name: name) }
        var bytes = Array(data)
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty else { throw .empty(name: name) }
        return Secret(bytes)
    }

    /// Where a secret lies, for a library that reads the file itself.
    package func path(ofFileNamed name: String) throws(CredentialFault) -> String {
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else { throw .badName(name) }
        for file in [name, "secrets_\(name)"] {
            let path = "\(folder)/\(file)"
            if FileManager.default.isReadableFile(atPath: path) { return path }
        }
        throw .missing(name: name)
    }
}

/// Why a secret is not there. Says its name, never its content.
package enum CredentialFault: Error, Sendable, Equatable, CustomStringConvertible {
    case badName(String)
    case missing(name: String)
    case unreadable(name: String)
    case empty(name: String)
    case tooLong(name: String)

    package var description: String {
        switch self {
        case .badName(let name): "credential name \(name) refused: a plain file name would do"
        case .missing(let name): "credential \(name) is missing in the credentials folder"
        case .unreadable(let name): "credential \(name) cannot be read"
        case .empty(let name): "credential \(name) is empty"
        case .tooLong(let name): "credential \(name) is longer than 65536 bytes"
        }
    }
}

/// Bytes that must not be printed: whatever shows it shows `***`.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
