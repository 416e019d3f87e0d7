"""A device of the field by paho-mqtt: COUNT numbered readings, QoS 1, and then it is cut off, so that its will speaks.

    paho_publisher.py PORT TOPIC STATUS-TOPIC COUNT [CERTIFICATE KEY]

With a certificate it speaks TLS, shows that certificate and trusts it as the broker's authority.
"""
import os
import sys

import paho.mqtt.client as mqtt

port, topic, status, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
certificate, key = (sys.argv[5:7] + ["", ""])[:2]
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
client.will_set(status, "offline", 1, True)
if certificate:
    client.tls_set(ca_certs=certificate, certfile=certificate, keyfile=key)
client.connect("127.0.0.1", port)
client.loop_start()
for number in range(1, count + 1):
    last = client.publish(topic, '{"ppm":%d,"t":20,"sn":%d}' % (number, number), 1)
last.wait_for_publish(20)
# No DISCONNECT: to the broker the device was cut off.
os._exit(0 if last.is_published() else 1)
