"""Digital channels: clients of the payment core's HTTP service; and creditors it calls back."""
