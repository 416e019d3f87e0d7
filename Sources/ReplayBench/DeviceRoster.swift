import DeviceMap
import PlantModel
package import SiteProfile

extension LoadedSite {
    /// The devices of the site by their ids, as scripts name them.
    package var scriptedDevices: [String: ScriptedDevice] {
        var devices: [String: ScriptedDevice] = [:]
        for unit in modbus.flatMap(\.units) {
            devices[unit.device] = ScriptedDevice(points: unit.points.map(\.point), link: unit.linkPoint)
        }
        for route in brokers.flatMap(\.routes) {
            devices[route.device] = ScriptedDevice(points: route.points.map(\.point), link: route.linkPoint)
        }
        return devices
    }
}
