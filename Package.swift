// swift-tools-version: 6.2
// The floor plan of hazardd. A room imports only from floors below its own, never from its own floor;
// the tidy test (Tests/TidyTests) reads every import line against this file. See ARCHITECTURE.md.
import PackageDescription

let rigour: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// One room: a library target with every rigour switched on.
func room(_ name: String, uses: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: uses, path: path, swiftSettings: rigour)
}

/// A program on the roof (or a proof program beside the tests).
func program(_ name: String, uses: [Target.Dependency], path: String? = nil) -> Target {
    .executableTarget(name: name, dependencies: uses, path: path, swiftSettings: rigour)
}

/// The tests of one room: the room, the helpers of the plant, and what else they name.
func tests(of name: String, uses: [Target.Dependency] = []) -> Target {
    let always = ["PlantTesting", "PlantModel", "PlantTime"].filter { $0 != name }
    return .testTarget(
        name: "\(name)Tests",
        dependencies: ([name] + always).map { .init(stringLiteral: $0) } + uses,
        path: "Tests/\(name)Tests", swiftSettings: rigour)
}

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// What the house stands on: module maps of Debian's C libraries, and one small C shim.
let stone: [Target] = [
    .systemLibrary(name: "CModbus", pkgConfig: "libmodbus", providers: [.apt(["libmodbus-dev"])]),
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CLinux"),
    .target(name: "CHints"),
]

let ground: [Target] = [
    room("PlantTime"),
    room("RingPipeline", uses: ["CHints", "CLinux"]),
    room("Digests", uses: ["CCrypto"]),
    room("WebTransfer", uses: ["CCurl"]),
]

let nouns: [Target] = [
    room("PlantModel", uses: ["PlantTime"])
]

let logic: [Target] = [
    room("AlarmLogic", uses: ["CHints", "PlantModel", "PlantTime"]),
    room("DeviceMap", uses: ["PlantModel", "PlantTime"]),
    room("DeliveryPlan", uses: ["PlantModel", "PlantTime"]),
    room("StationPorts", uses: ["PlantModel", "PlantTime", "RingPipeline"]),
    room("StationAPI", uses: ["PlantModel", "PlantTime"]),
    room("PlantTesting", uses: ["PlantModel", "PlantTime", "RingPipeline"]),
]

let doors: [Target] = [
    room(
        "ModbusIntake",
        uses: ["CModbus", "CLinux", "DeviceMap", "PlantModel", "PlantTime", "RingPipeline", logging]),
    room(
        "MQTTIntake",
        uses: [
            "CMosquitto", "CLinux", "DeviceMap", "StationPorts", "PlantModel", "PlantTime", "RingPipeline", logging,
        ]),
    room(
        "EventJournal", uses: ["DeliveryPlan", "StationPorts", "PlantModel", "PlantTime", "Digests", grdb, sqlite]),
    room("SampleHistory", uses: ["StationPorts", "PlantModel", "PlantTime", "Digests", grdb]),
    room(
        "AlarmDelivery",
        uses: [
            "DeliveryPlan", "StationPorts", "PlantModel", "PlantTime", "RingPipeline", "Digests", "WebTransfer",
            logging,
        ]),
    room(
        "OperatorConsole",
        uses: [
            "StationPorts", "PlantModel", "PlantTime", "CLinux", hummingbird, nioCore, nioPosix, httpTypes, logging,
            lifecycle,
        ]),
    room("DeviceProbe", uses: ["CMosquitto", "DeviceMap", "PlantModel", "PlantTime"]),
    room("SiteProfile", uses: ["DeviceMap", "DeliveryPlan", "PlantModel", "PlantTime", "Digests", yams]),
]

let core: [Target] = [
    room("MonitorCore", uses: ["AlarmLogic", "CHints", "PlantModel", "PlantTime"])
]

let wiring: [Target] = [
    room(
        "StationAssembly",
        uses: [
            "MonitorCore", "ModbusIntake", "MQTTIntake", "EventJournal", "SampleHistory", "AlarmDelivery",
            "OperatorConsole", "SiteProfile", "DeviceMap", "DeliveryPlan", "StationPorts", "PlantModel", "PlantTime",
            "RingPipeline", "CLinux", logging,
        ]),
    room(
        "ReplayBench",
        uses: [
            "MonitorCore", "SampleHistory", "SiteProfile", "AlarmLogic", "DeviceMap", "DeliveryPlan", "StationPorts",
            "PlantModel", "PlantTime",
        ]),
    room(
        "ParkSimulator",
        uses: [
            "DeliveryPlan", "DeviceMap", "StationAPI", "PlantModel", "PlantTime", "RingPipeline", "CLinux",
            "CMosquitto", "Digests", "WebTransfer", yams,
        ],
        path: "Simulator/ParkSimulator"),
]

let roof: [Target] = [
    program(
        "hazardd",
        uses: ["StationAssembly", "SiteProfile", "PlantModel", "RingPipeline", "CLinux", arguments, logging]),
    program(
        "hazardctl",
        uses: [
            "ReplayBench", "MonitorCore", "SiteProfile", "EventJournal", "SampleHistory", "DeliveryPlan",
            "DeviceMap", "DeviceProbe", "StationPorts", "StationAPI", "WebTransfer", "PlantModel", "PlantTime",
            arguments,
        ]),
    program("parksim", uses: ["ParkSimulator", "PlantModel", arguments], path: "Simulator/parksim"),
]

let proofs: [Target] = [
    tests(of: "PlantTime"),
    tests(of: "RingPipeline", uses: ["CLinux"]),
    tests(of: "Digests"),
    tests(of: "WebTransfer", uses: ["ParkSimulator"]),
    tests(of: "PlantModel"),
    tests(of: "AlarmLogic"),
    tests(of: "DeviceMap"),
    tests(of: "DeliveryPlan"),
    tests(of: "StationPorts", uses: ["RingPipeline"]),
    tests(of: "StationAPI"),
    tests(of: "ModbusIntake", uses: ["DeviceMap", "CModbus", "CLinux", logging]),
    tests(of: "MQTTIntake", uses: ["DeviceMap", "StationPorts", "RingPipeline", "CMosquitto", "CLinux", logging]),
    tests(
        of: "DeviceProbe",
        uses: ["hazardctl", "ReplayBench", "SiteProfile", "ParkSimulator", "DeviceMap", "CMosquitto"]),
    tests(of: "EventJournal", uses: ["DeliveryPlan", "StationPorts", grdb]),
    tests(of: "SampleHistory", uses: ["StationPorts", grdb]),
    tests(
        of: "AlarmDelivery",
        uses: ["DeliveryPlan", "StationPorts", "Digests", "WebTransfer", "ParkSimulator", logging]),
    tests(
        of: "OperatorConsole",
        uses: [
            "hazardctl", "StationPorts", "StationAPI", "WebTransfer", httpTypes, logging, "ReplayBench", "SiteProfile",
        ]),
    tests(of: "SiteProfile", uses: ["DeviceMap", "DeliveryPlan", "MonitorCore"]),
    tests(of: "MonitorCore", uses: ["AlarmLogic"]),
    tests(
        of: "ReplayBench",
        uses: ["MonitorCore", "SiteProfile", "AlarmLogic", "SecondOpinion", "DeliveryPlan", "DeviceMap"]),
    tests(
        of: "StationAssembly",
        uses: [
            "MonitorCore", "EventJournal", "SampleHistory", "StationPorts", "RingPipeline", "SiteProfile",
            "DeliveryPlan", "DeviceMap", "ReplayBench", "ParkSimulator", logging,
        ]),
    tests(of: "ParkSimulator", uses: ["DeviceMap", "CLinux", "CModbus", "CMosquitto"]),
    .testTarget(name: "TidyTests", dependencies: [], swiftSettings: rigour),
    .testTarget(
        name: "EndToEnd",
        dependencies: [
            "PlantTesting", "PlantModel", "PlantTime", "RingPipeline", "WebTransfer", "Digests", "StationPorts",
            "StationAPI", "EventJournal", "SampleHistory", "ParkSimulator", "CModbus", "CMosquitto", "CLinux",
            "DeviceMap", "hazardd",
            "hazardctl", "parksim",
        ], swiftSettings: rigour),
    program("RingStress", uses: ["RingPipeline"], path: "Tests/Stress/RingStress"),
    room("BenchTools", path: "Bench/BenchTools"),
    program("RingBench", uses: ["BenchTools", "RingPipeline", "TwinRing"], path: "Bench/RingBench"),
    .target(name: "TwinRing", path: "Bench/TwinRing", cxxSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "TwinModbus", path: "Bench/TwinModbus", cSettings: [.unsafeFlags(["-O2"])]),
    program(
        "ModbusBench",
        uses: ["BenchTools", "TwinModbus", "ModbusIntake", "DeviceMap", "PlantModel", "PlantTime", logging],
        path: "Bench/ModbusBench"),
    room(
        "SecondOpinion", uses: ["ReplayBench", "SiteProfile", "PlantModel"], path: "Tests/SecondOpinion"),
    program("RuleSoak", uses: ["SecondOpinion"], path: "Tests/Stress/RuleSoak"),
    // What every reader promises of any bytes: in tests by a fixed seed, in `make fuzz` guided by coverage.
    room(
        "FuzzTargets",
        uses: [
            "ReplayBench", "SiteProfile", "ModbusIntake", "SampleHistory", "MonitorCore", "DeviceMap", "StationPorts",
            "PlantModel", "PlantTime",
        ],
        path: "Tests/Fuzz/Targets"),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets", "PlantModel"], swiftSettings: rigour),
    program("NumberSoak", uses: ["FuzzTargets"], path: "Tests/Stress/NumberSoak"),
    program(
        "CoreBench",
        uses: [
            "BenchTools", "TwinLoop", "ReplayBench", "SiteProfile", "MonitorCore", "AlarmLogic", "PlantModel",
            "PlantTime",
        ],
        path: "Bench/CoreBench"),
    // The MQTT door, and the C clients that it is held against.
    program(
        "IntakeSubscriber",
        uses: [
            "BenchTools", "MQTTIntake", "DeviceMap", "StationPorts", "RingPipeline", "PlantModel", "PlantTime", logging,
        ],
        path: "Bench/IntakeSubscriber"),
    .executableTarget(
        name: "CountingSubscriber", dependencies: ["CMosquitto"], path: "Bench/CountingSubscriber",
        cSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("mosquitto")]),
    .executableTarget(
        name: "TelemetryPublisher", dependencies: ["CMosquitto"], path: "Bench/TelemetryPublisher",
        cSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("mosquitto")]),
    // From a source to a receiver: the daemon against the least that C could do, and what both are driven by.
    program(
        "EndToEndBench",
        uses: [
            "BenchTools", "EndToEndRig", "EventJournal", "ParkSimulator", "PlantModel", "PlantTime", "StationPorts",
        ],
        path: "Bench/EndToEndBench"),
    .target(name: "EndToEndRig", dependencies: ["CMosquitto"], path: "Bench/EndToEndRig"),
    .executableTarget(
        name: "EndToEndFloor", dependencies: ["CModbus", "CMosquitto"], path: "Bench/EndToEndFloor",
        linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(name: "CountedHeap", path: "Bench/CountedHeap"),
    program(
        "PipeBench",
        uses: [
            "BenchTools", "CountedHeap", "StationAssembly", "MonitorCore", "StationPorts", "PlantModel", "PlantTime",
            "RingPipeline", logging,
        ],
        path: "Bench/PipeBench"),
    program(
        "CommitBench",
        uses: ["BenchTools", "EventJournal", "DeliveryPlan", "StationPorts", "PlantModel", "PlantTime"],
        path: "Bench/CommitBench"),
    program(
        "ParkLoad", uses: ["BenchTools", "ParkSimulator", "DeviceMap", "PlantTime"], path: "Bench/ParkLoad"),
    // The limit that the core is held against: as fast as C++ goes on the machine that measures.
    .target(
        name: "TwinLoop", path: "Bench/TwinLoop",
        cxxSettings: [.unsafeFlags(["-O3", "-march=native", "-ffp-contract=off"])]),
]

/// `ROOMS=DeviceMap,ModbusIntake swift test` builds and runs the tests of these rooms only; `TidyTests` and `EndToEnd` are such
/// names too. Without it, every test.
let chosenRooms = Context.environment["ROOMS"]?.split(separator: ",").map(String.init)
let chosenProofs = proofs.filter { proof in
    guard let chosenRooms, proof.type == .test else { return true }
    return chosenRooms.contains { proof.name == $0 || proof.name == "\($0)Tests" }
}

/// libFuzzer brings a main function of its own, with `--sanitize fuzzer` and FUZZ=guided (Tests/Fuzz/run).
let guided: [Target] =
    Context.environment["FUZZ"] == "guided"
    ? [program("GuidedFuzz", uses: ["FuzzTargets"], path: "Tests/Fuzz/Guided")] : []

let package = Package(
    name: "hazardd",
    products: [
        .executable(name: "hazardd", targets: ["hazardd"]),
        .executable(name: "hazardctl", targets: ["hazardctl"]),
        .executable(name: "parksim", targets: ["parksim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: stone + ground + nouns + logic + doors + core + wiring + roof + chosenProofs + guided,
    cxxLanguageStandard: .cxx20
)
