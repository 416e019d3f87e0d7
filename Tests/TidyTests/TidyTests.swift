import Testing

@Suite struct `The house` {
    @Test func `stands`() { #expect(Bool(true)) }
}
