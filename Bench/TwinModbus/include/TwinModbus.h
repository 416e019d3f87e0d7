// The floor that the Modbus door is held against: a bare epoll client with one request outstanding per connection, and the
// devices that answer both. C face for Swift.
#pragma once
#include <stdint.h>

// Devices 0..<count, device n at 127.1.(n / 250).(n % 250 + 1), all on one port, in a child process that ends with its parent.
// Register a of device n holds (n + a) mod 65536. Call before any thread runs. Returns the child's process id, or a negative
// errno.
int twin_modbus_devices(int count, uint16_t *port);

// Ends the child.
void twin_modbus_end(int pid);

typedef struct twin_modbus_figures {
    uint64_t exchanges;
    double seconds;
    double processor_seconds;
    // Answers that were not the ones asked for.
    uint64_t wrong;
} twin_modbus_figures;

// Reads `registers` registers from device 0 by so many connections, each with one request outstanding, for so long.
twin_modbus_figures twin_modbus_poll(uint16_t port, int connections, int registers, double seconds);

// Raises the limit of open files to what the process may have; returns it.
uint64_t twin_modbus_raise_files(void);
