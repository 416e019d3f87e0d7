import ArgumentParser
import SiteProfile

/// `--profiles FOLDER...`, of every verb that reads device profiles.
struct ProfileFolders: ParsableArguments {
    @Option(
        name: .customLong("profiles"),
        help: "A folder of device profiles, searched after the site's own; may be given more than once. 设备档案目录",
        completion: .directory)
    var given: [String] = []

    /// Those that were given; without any, where a package puts them.
    var all: [String] { given.isEmpty ? SiteLoader.usualProfileFolders : given }
}
