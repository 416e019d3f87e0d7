// AlarmDelivery
