import PlantModel

/// A promise that an input broke: one sentence.
package struct BrokenPromise: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// One reader of the product and what it promises of any bytes whatever: that it comes back, with an answer that can be so.
package protocol FuzzTarget {
    /// What the reader made of an input: the same input must give the same.
    associatedtype Answer: Equatable

    /// As the corpus folder and the command line call it.
    static var name: String { get }
    /// Reads one input from the beginning; nothing is left of the input before.
    func answer(to input: [UInt8]) throws(BrokenPromise) -> Answer
}

extension FuzzTarget {
    /// - Throws: the first promise that the input broke.
    package func examine(_ input: [UInt8]) throws(BrokenPromise) {
        let first = try answer(to: input)
        guard try answer(to: input) == first else { throw BrokenPromise("the same input gave two answers") }
    }
}

/// Every target, in the order in which they are run.
package enum FuzzTargets {
    package static let names = [
        FrameTarget.name, PayloadTarget.name, ShapeTarget.name, LogTarget.name, RecordingTarget.name,
        CaptureTarget.name,
        ScriptTarget.name, RuleTarget.name, RuleTestTarget.name, ProfileTarget.name, SiteTarget.name, NumberTarget.name,
    ]

    /// nil for a name that no target has. What a target needs, a folder among it, lives as long as the target.
    package static func named(_ name: String) -> (any FuzzTarget)? {
        switch name {
        case FrameTarget.name: FrameTarget()
        case PayloadTarget.name: PayloadTarget()
        case ShapeTarget.name: ShapeTarget()
        case LogTarget.name: LogTarget()
        case RecordingTarget.name: RecordingTarget()
        case CaptureTarget.name: CaptureTarget()
        case ScriptTarget.name: ScriptTarget()
        case RuleTarget.name: RuleTarget()
        case RuleTestTarget.name: RuleTestTarget()
        case ProfileTarget.name: ProfileTarget()
        case SiteTarget.name: SiteTarget()
        case NumberTarget.name: NumberTarget()
        default: nil
        }
    }
}

// MARK: - What all of them promise

extension Sample {
    /// A value that may be acted on is a number; a bad one has none to misuse.
    func keepPromise() throws(BrokenPromise) {
        guard quality.isUsable else { return }
        guard payload.kind != .none, payload.number.isFinite else {
            throw BrokenPromise("point \(point.number) is \(quality) with the value \(payload.number)")
        }
    }
}
