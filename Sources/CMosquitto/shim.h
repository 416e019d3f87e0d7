#pragma once
#include <mosquitto.h>
#include <mqtt_protocol.h>

/* The two of OpenSSL's functions that say why a broker's certificate was not accepted. libmosquitto says only that it was not. */
struct ssl_st;
long SSL_get_verify_result(const struct ssl_st *tls);
const char *X509_verify_cert_error_string(long code);

/* What is wrong with the certificate that the broker showed, and what would do; NULL: nothing, or there was none. To be asked while
   the library complains: it may free what it knows before the call returns. The numbers are those of openssl/x509_vfy.h. */
static inline const char *mosquitto_certificate_fault(struct mosquitto *client) {
    const struct ssl_st *tls = (const struct ssl_st *)mosquitto_ssl_get(client);
    long code = tls ? SSL_get_verify_result(tls) : 0;
    switch (code) {
    case 0: return 0;
    case 9: return "is not valid yet; a clock that is right on both machines, or another certificate would do";
    case 10: return "has expired; a new one at the broker would do";
    case 2: case 18: case 19: case 20: case 21:
        return "was not signed by the authority in ca; the PEM file of the one that signed it would do";
    /* libmosquitto compares the name itself and leaves OpenSSL without a reason (1). */
    case 1: case 62: case 64: return "does not name the host that was asked for; a host that stands in its subjectAltName would do";
    default: return X509_verify_cert_error_string(code);
    }
}
