/// By which words a device's status topic says that the device is on line or gone: the whole payload, or what stands at a
/// path of it. Numbers, true and false are words too: `1`, `false`.
package struct StatusWords: Sendable, Equatable {
    /// nil: the payload is the word and nothing else.
    package var path: PayloadPath?
    package var online: [String]
    package var offline: [String]

    package init(path: PayloadPath? = nil, online: [String], offline: [String]) {
        self.path = path
        self.online = online
        self.offline = offline
    }

    /// What hazardd's own devices and most others say.
    package static let usual = StatusWords(online: ["online"], offline: ["offline"])

    enum Said: Equatable {
        case online, offline
        /// An empty payload is how a kept status is taken back.
        case nothing
    }

    /// - Throws: what was found, where it is neither.
    func read(_ payload: [UInt8]) throws(JSONFault) -> Said {
        guard !payload.isEmpty else { return .nothing }
        let word = try word(in: payload)
        if online.contains(word) { return .online }
        if offline.contains(word) { return .offline }
        throw JSONFault(offset: 0, found: "\"\(word.prefix(32))\"", wanted: wanted)
    }

    private func word(in payload: [UInt8]) throws(JSONFault) -> String {
        guard let path else { return String(decoding: payload, as: UTF8.self) }
        // Seldom enough, a few times a day and device, for the path to be compiled anew.
        let found = try PathPlan(paths: [path]).find(in: payload, 0..<payload.count)
        switch found.values[0] {
        case .text(let text): return text.string(in: payload)
        case .signed(let number): return "\(number)"
        case .unsigned(let number): return "\(number)"
        case .decimal(let number): return Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .boolean(let isTrue): return "\(isTrue)"
        case .missing, .null, .object, .array:
            throw JSONFault(offset: 0, found: "\(found.values[0].kind) at \(path.text)", wanted: wanted)
        }
    }

    private var wanted: String { (online + offline).joined(separator: " or ") }
}
