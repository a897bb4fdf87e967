"""Ways to reach somebody. One module is one way; twilio.py is the only one that talks to Twilio's API."""
