#pragma once
#include <errno.h>
#include <modbus/modbus.h>
