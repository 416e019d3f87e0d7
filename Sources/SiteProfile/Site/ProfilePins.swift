import PlantModel

/// `pins: {gas/honeywell-midas@1: 3f2a90c1d0e4}`: what a site has looked at and approved. A profile that says something else
/// under the same revision is refused: nobody changes a map under a running plant unseen.
enum ProfilePins {
    /// Digits of the digest that a pin needs at least; `hazardctl explain` prints so many.
    static let digitsMin = 12

    static func check(_ root: inout TableReader, shelf: ProfileShelf) {
        for pin in root.members("pins") {
            guard case .scalar(let text, _) = pin.value.shape, (digitsMin...64).contains(text.utf8.count),
                text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else {
                root.refuse(
                    pin.value,
                    "a pin is \(digitsMin) to 64 hexadecimal digits of the profile's digest in quotes, found "
                        + pin.value.described)
                continue
            }
            let path = String(pin.key.prefix { $0 != "@" })
            guard let known = shelf.read[path] else {
                root.findings.warning(at: pin.keyPlace, "profile \(pin.key) is pinned, and no device uses it")
                continue
            }
            guard let profile = known, profile.id == pin.key, !profile.digest.hasPrefix(text) else { continue }
            root.refuse(
                pin.value,
                "profile \(profile.id) is not what was pinned: its digest is \(profile.digest.prefix(digitsMin)); a new "
                    + "revision, or this digest after a look at it, would do")
        }
    }
}
