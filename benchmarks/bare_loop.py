"""``python -m benchmarks.bare_loop URL COUNT``: the provider's client in a loop and nothing else, as a floor."""

import sys

from oncall.channels.twilio import TwilioAccount
from oncall.system import SystemClock


def main(url: str, count: int) -> None:
    """So many texts and calls, one after the other."""
    account = TwilioAccount("AC" + "0" * 32, "token", url, from_number=lambda: "+3225550199", clock=SystemClock())
    account.warm()
    for serial in range(count // 2):
        account.create_message(
            "+32470000001",
            body=f"{serial} ACME Shop, Jane Doe, +32470111111. Production down (Example Hosting). Reply ACK {serial}",
            status_callback=f"https://hotline.example/sms/deliveries/{serial:032x}/status",
            valid_for_seconds=300,
        )
        place = f"https://hotline.example/voice/deliveries/{serial:032x}"
        account.create_call("+32470000001", url=place, status_callback=f"{place}/status", ring_seconds=25)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
