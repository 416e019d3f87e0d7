import Testing

/// The real daemon among real devices, a real broker and real receivers, on loopback. One play at a time: daemons that
/// compete for the processor would judge the machine, not the house.
@Suite(.serialized) struct `The whole house` {}
