import Glibc
import RingPipeline
import Testing

/// Small programs that must not compile, each wrong line with what the compiler has to say about it.
@Suite struct `The compiler refuses` {
    @Test func `slots, ends and calls that do not belong to a ring`() throws {
        try check(
            """
            struct Named: Sendable { var name: String }

            func aSlotThatCountsReferences() {
                _ = Ring<Named>(capacity: 8)  // refused: type 'Named' does not conform to protocol 'BitwiseCopyable'
            }

            func anEndThatTheRingDidNotMake(ring: Ring<UInt64>) {
                _ = Publisher<UInt64>(ring: ring)  // refused: initializer is inaccessible
            }

            func aListOfEnds(ring: Ring<UInt64>) {
                _ = [ring.sharedPublisher()]  // refused: requires that 'SharedPublisher<UInt64>' conform to 'Copyable'
            }

            func publishingThroughAReader(ring: Ring<UInt64>) {
                var reader = ring.gatingReader()
                _ = reader.publish(1)  // refused: has no member 'publish'
            }

            func givingBackWhatNobodyWaitsFor(ring: Ring<UInt64>) {
                var follower = ring.followingReader(from: 1)
                follower.release(1)  // refused: has no member 'release'
            }

            func aReserveForASinglePublisher(ring: Ring<UInt64>) {
                var publisher = ring.publisher()
                _ = publisher.publish([1].span, keepingFree: 8)  // refused: extra argument 'keepingFree'
            }

            func publishingWithAnEndThatIsOnlyLookedAt(ring: Ring<UInt64>) {
                let publisher = ring.publisher()
                _ = publisher.publish(1)  // refused: cannot use mutating member on immutable value
            }
            """)
    }

    @Test func `an end that goes from one thread to another while the first still has it`() throws {
        try check(
            """
            func take(_ end: consuming SharedPublisher<UInt64>) { _ = end.publish([2].span) }

            func anEndInTwoThreads(ring: Ring<UInt64>) {
                let end = ring.sharedPublisher()
                let run: @Sendable () -> Void = { take(end) }  // refused: with non-Sendable type
                run()
            }
            """)
    }

    @Test func `a second of what there is once, and what was given away`() throws {
        try check(
            """
            func aSecondPublisher(ring: Ring<UInt64>) {
                var first = ring.publisher()  // refused: 'first' used after consume
                var second = first
                _ = second.publish(1)
                _ = first.publish(2)
            }

            func aSecondSharedPublisher(ring: Ring<UInt64>) {
                var first = ring.sharedPublisher()  // refused: 'first' used after consume
                var second = first
                _ = second.publish([1].span)
                _ = first.publish([2].span)
            }

            func aSecondReader(ring: Ring<UInt64>) {
                var first = ring.gatingReader()  // refused: 'first' used after consume
                var second = first
                second.release(0)
                first.release(0)
            }

            func aSecondFollower(ring: Ring<UInt64>) {
                let first = ring.followingReader(from: 1)  // refused: 'first' used after consume
                let second = first
                _ = first.next + second.next
            }

            func anEndThatWasGivenAway(ring: Ring<UInt64>) {
                var end = ring.sharedPublisher()  // refused: 'end' used after consume
                take(end)
                _ = end.publish([1].span)
            }

            func anEndThatAClosureKeeps(ring: Ring<UInt64>) -> () -> Void {
                let end = ring.sharedPublisher()
                return { take(end) }  // refused: cannot be consumed when captured by an escaping closure
            }

            func anEndThatIsOnlyLent(end: borrowing SharedPublisher<UInt64>) {  // refused: 'end' is borrowed and cannot be
                take(end)
            }

            func take(_ end: consuming SharedPublisher<UInt64>) { _ = end.publish([2].span) }
            """)
    }

    @Test func `nothing of what is right`() throws {
        try check(
            """
            func passOn(_ number: UInt64) -> UInt64 {
                let ring = Ring<UInt64>(capacity: 8)
                var end = ring.publisher()
                var reader = ring.gatingReader()
                _ = end.publish(number)
                var buffer: [UInt64] = [0]
                reader.release(reader.copy(into: &buffer))
                return buffer[0]
            }
            """)
    }

    // MARK: The compiler

    /// Compiles a program against the module that this test was built with: an error where a line says so, and nowhere else.
    private func check(_ program: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let source = "import RingPipeline\n" + program
        let said = try Self.errors(of: source)
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let expected = line.range(of: "// refused: ").map { String(line[$0.upperBound...]) }
            let found = said[index + 1]
            if let expected {
                #expect(
                    found?.contains(expected) == true, "\(line): \(found ?? "nothing")", sourceLocation: sourceLocation)
            } else {
                #expect(found == nil, "\(line)", sourceLocation: sourceLocation)
            }
        }
    }

    /// - Returns: by line, what the compiler calls an error there.
    private static func errors(of source: String) throws -> [Int: String] {
        let products = try #require(productFolder, "where this test was built")
        let file = "\(temporaryFolder)/hazardd-misuse-\(getpid())-\(UInt64.random(in: 0 ... .max)).swift"
        let handle = try unsafe #require(fopen(file, "w"), "\(file) could not be written")
        unsafe fputs(source, handle)
        unsafe fclose(handle)
        defer { unsafe unlink(file) }
        // Not only the types: what may be used after what is found out in a later pass.
        let maps = ["CHints", "CLinux"].map { "-Xcc -fmodule-map-file='\(products)/\($0).build/module.modulemap'" }
        let command =
            "swiftc -emit-sil -o /dev/null -swift-version 6 -I '\(products)/Modules' \(maps.joined(separator: " ")) "
            + "'\(file)' 2>&1"
        let pipe = try unsafe #require(popen(command, "r"), "the compiler could not be started")
        var errors: [Int: String] = [:]
        var bytes = [CChar](repeating: 0, count: 4096)
        while unsafe fgets(&bytes, Int32(bytes.count), pipe) != nil {
            let line = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard line.hasPrefix(file), let mark = line.range(of: ": error: ") else { continue }
            let place = line[line.index(line.startIndex, offsetBy: file.count)..<mark.lowerBound].split(separator: ":")
            if let number = place.first.flatMap({ Int($0) }) { errors[number, default: ""] += line[mark.upperBound...] }
        }
        unsafe pclose(pipe)
        return errors
    }

    private static var temporaryFolder: String { unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp" }

    /// The folder of this very program.
    private static var productFolder: String? {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count - 1)
        guard count > 0 else { return nil }
        let path = String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }
}

extension Substring {
    /// Where a text stands in it.
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}

/// What only the running program can know stops it, with a sentence.
@Suite struct `The program is stopped by` {
    private func expect(
        _ sentence: String, from child: ExitTest.Result?, at location: SourceLocation = #_sourceLocation
    ) {
        let said = String(decoding: child?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains(sentence), "\(said.prefix(400))", sourceLocation: location)
    }

    @Test func `a second end where there is one`() async {
        var child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let ring = Ring<UInt64>(capacity: 8)
            _ = ring.gatingReader()
            _ = ring.gatingReader()
        }
        expect("this ring has its gating reader already", from: child)
        child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let ring = Ring<UInt64>(capacity: 8)
            _ = ring.sharedPublisher()
            _ = ring.publisher()
        }
        expect("this ring has its publisher already", from: child)
        child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let ring = Ring<UInt64>(capacity: 8)
            _ = ring.publisher()
            _ = ring.sharedPublisher()
        }
        expect("this ring has a single publisher", from: child)
    }

    @Test func `a capacity that is no power of two, or too small`() async {
        var child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Ring<UInt64>(capacity: 12)
        }
        expect("a ring's capacity is a power of two, at least 8", from: child)
        child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Ring<UInt64>(capacity: 4)
        }
        expect("a ring's capacity is a power of two, at least 8", from: child)
    }

    @Test func `a follower from before the first sequence`() async {
        let child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Ring<UInt64>(capacity: 8).followingReader(from: 0)
        }
        expect("sequences start at 1", from: child)
    }

    @Test func `giving back more than was copied, or less than nothing`() async {
        var child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let ring = Ring<UInt64>(capacity: 8)
            var end = ring.publisher()
            var reader = ring.gatingReader()
            _ = end.publish([1, 2].span)
            var buffer: [UInt64] = [0]
            _ = reader.copy(into: &buffer)
            reader.release(2)
        }
        expect("no more is given back than was copied", from: child)
        child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var reader = Ring<UInt64>(capacity: 8).gatingReader()
            reader.release(-1)
        }
        expect("no more is given back than was copied", from: child)
    }

    @Test func `restating what was given back, or what was never copied`() async {
        var child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let ring = Ring<UInt64>(capacity: 8)
            var end = ring.publisher()
            var reader = ring.gatingReader()
            _ = end.publish(1)
            var buffer: [UInt64] = [0]
            reader.release(reader.copy(into: &buffer))
            reader.restate(2, at: 1)
        }
        expect("only what was copied and not released may be restated", from: child)
        child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let ring = Ring<UInt64>(capacity: 8)
            var end = ring.publisher()
            var reader = ring.gatingReader()
            _ = end.publish([1, 2].span)
            var buffer: [UInt64] = [0]
            _ = reader.copy(into: &buffer)
            reader.restate(2, at: 2)
        }
        expect("only what was copied and not released may be restated", from: child)
    }

    @Test func `a slot that the board does not have`() async {
        let child = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            SlotTable<UInt64>(count: 2, blank: 0).write(1, at: 2)
        }
        expect("no such slot on the board", from: child)
    }
}
