@main struct RingStress { static func main() { print("ok") } }
