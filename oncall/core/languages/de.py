# ruff: noqa: E501 - one phrase a line reads best
"""German."""

from oncall.core.languages.phrases import Phrase

TEXTS: dict[Phrase, str] = {
    Phrase.GREETING_KNOWN: "Guten Tag, {company}. Hier ist die Notfallnummer von {hotline}.",
    Phrase.GREETING_STRANGER: "Hier ist die Notfallnummer von {hotline}.",
    Phrase.SCREENING: "Für den Bereitschaftsdienst drücken Sie die 1.",
    Phrase.SCREENING_AGAIN: "Wir haben Sie nicht gehört. Für den Bereitschaftsdienst drücken Sie die 1, oder sprechen Sie.",
    Phrase.ASK_NAME: "Dieses Gespräch wird aufgezeichnet. Sagen Sie nach dem Ton Ihren Namen und Ihre Firma, dann drücken Sie"
    " die Rautetaste.",
    Phrase.ASK_NAME_AGAIN: "Wir haben Ihren Namen nicht gehört. Sagen Sie nach dem Ton Ihren Namen und Ihre Firma, dann"
    " drücken Sie die Rautetaste.",
    Phrase.ASK_PROBLEM: "Beschreiben Sie nach dem Ton das Problem. Am Ende drücken Sie die Rautetaste.",
    Phrase.ASK_PROBLEM_AGAIN: "Wir haben Sie nicht gehört. Beschreiben Sie nach dem Ton das Problem. Am Ende drücken Sie die"
    " Rautetaste.",
    Phrase.ASK_NUMBER: "Wir sehen Ihre Nummer nicht. Für einen Rückruf wählen Sie eine Nummer, dann die Rautetaste.",
    Phrase.ASK_NUMBER_AGAIN: "Diese Nummer können wir nicht anrufen. Wählen Sie sie mit Landesvorwahl, dann die Rautetaste.",
    Phrase.THANKS: "Vielen Dank. Ihre Vorfallnummer ist {digits}. Wir rufen jetzt unseren Bereitschaftsdienst.",
    Phrase.THANKS_HELD: "Vielen Dank. Ihre Vorfallnummer ist {digits}. {engineer} kümmert sich schon darum.",
    Phrase.THANKS_WE_TELL: "Wir sagen Ihnen, wer sich darum kümmert.",
    Phrase.THANKS_HANG_UP: "Sie können jetzt auflegen. Auf Wiederhören.",
    Phrase.TROUBLE: "Wir haben eine technische Störung. Bitte bleiben Sie am Apparat.",
    Phrase.CALL_AGAIN: "Es tut uns leid. Bitte legen Sie auf, und rufen Sie diese Nummer noch einmal an.",
    Phrase.FALLBACK_OPENING: "Sie haben die Notfallnummer von {hotline} erreicht. Unser Dienst ist gestört, aber wir verbinden Sie mit einem Techniker. Bitte bleiben Sie am Apparat.",
    Phrase.FALLBACK_NEXT: "Wenn Sie mit unserem Techniker gesprochen haben, können Sie auflegen. Bleiben Sie sonst am Apparat: wir rufen den nächsten an.",
    Phrase.FALLBACK_RECORD: "Wenn Sie mit unserem Techniker gesprochen haben, können Sie auflegen. Nennen Sie sonst nach dem Ton Ihren Namen, Ihre Firma, Ihre Nummer und das Problem, und drücken Sie die Rautetaste. Es wird aufgezeichnet.",
    Phrase.FALLBACK_SILENCE: "Wir haben Sie nicht gehört. Bitte rufen Sie noch einmal an. Auf Wiederhören.",
    Phrase.FALLBACK_THANKS: "Vielen Dank. Ihre Nachricht ist aufgezeichnet, und unsere Techniker hören sie ab. Auf Wiederhören.",
    Phrase.FALLBACK_TEXT: "{hotline}: unser Dienst ist gestört, und niemand liest diese SMS. Ist die Produktion ausgefallen? Rufen Sie {phone} an: ein Techniker meldet sich.",
    Phrase.RECEIVED_TEXT: "{hotline}: wir haben Ihren Anruf, Vorfall {number}. Wir rufen unseren Bereitschaftsdienst, bis"
    " jemand übernimmt, und sagen Ihnen, wer.",
    Phrase.RECEIVED_SPEECH: "Wir haben Ihre Meldung. Die Vorfallnummer ist {digits}. Wir rufen unseren Bereitschaftsdienst,"
    " bis jemand übernimmt, und sagen Ihnen, wer.",
    Phrase.ACKNOWLEDGED_TEXT: "{hotline}: {engineer} kümmert sich um Ihren Vorfall {number}, seit {since}.",
    Phrase.ACKNOWLEDGED_SPEECH: "{engineer} kümmert sich um Ihren Vorfall {digits}, seit {since}.",
    Phrase.UPDATE_TEXT: "{hotline}, Vorfall {number}, neuer Stand{by}: {note}",
    Phrase.UPDATE_SPEECH: "Neuer Stand zu Vorfall {digits}{by}: {note}",
    Phrase.RESOLVED_TEXT: "{hotline}: Vorfall {number} ist gelöst{by}. {note}",
    Phrase.RESOLVED_SPEECH: "Vorfall {digits} ist gelöst{by}. {note}",
    Phrase.NOT_SOLVED_TEXT: "Nicht gelöst? Antworten Sie REOPEN {number}.",
    Phrase.NOT_SOLVED_SPEECH: "Ist er nicht gelöst, rufen Sie bitte unsere Notfallnummer noch einmal an.",
    Phrase.REOPENED_TEXT: "{hotline}: Vorfall {number} ist wieder offen. Wir rufen unseren Bereitschaftsdienst.",
    Phrase.REOPENED_SPEECH: "Vorfall {digits} ist wieder offen. Wir rufen unseren Bereitschaftsdienst.",
    Phrase.SCREENED_TEXT: "{hotline}: Sie haben angerufen, und wir haben nichts gehört. Ist Ihre Produktion ausgefallen? Rufen"
    " Sie noch einmal an, oder antworten Sie DOWN.",
    Phrase.SCREENED_SPEECH: "Sie haben angerufen, und wir haben nichts gehört. Ist Ihre Produktion ausgefallen, rufen Sie bitte"
    " noch einmal an.",
    Phrase.BY: " von {engineer}",
    Phrase.TRACKING_TEXT: "Verlauf: {tracking_url}",
    Phrase.NOTICE_INTRODUCTION_SPEECH: "Guten Tag, hier ist {hotline}.",
    Phrase.ADDED_TEXT: "Danke, zu Vorfall {number} hinzugefügt. Unser Techniker kann es lesen.",
    Phrase.STATUS_TRIGGERED_TEXT: "Vorfall {number}: wir rufen unseren Bereitschaftsdienst; noch hat niemand übernommen.",
    Phrase.STATUS_ACKNOWLEDGED_TEXT: "Vorfall {number}: {engineer} kümmert sich darum.",
    Phrase.STATUS_RESOLVED_TEXT: "Vorfall {number} ist gelöst. Nicht gelöst? Antworten Sie REOPEN {number}",
    Phrase.DOWN_TEXT: "Vorfall {number}: wir rufen jetzt unseren Bereitschaftsdienst.",
    Phrase.ALREADY_OPEN_TEXT: "Vorfall {number} ist bereits offen; wir kümmern uns darum.",
    Phrase.NO_INCIDENT_TEXT: "Wir haben keinen Vorfall von Ihnen. Ist Ihre Produktion ausgefallen? Antworten Sie DOWN, oder"
    " rufen Sie {phone} an.",
    Phrase.WHICH_INCIDENT_TEXT: "Welcher Vorfall? Bitte mit seiner Nummer wiederholen: {numbers}.",
    Phrase.STRANGER_TEXT: "Hier ist die Notfallnummer von {hotline}. Ist Ihre Produktion ausgefallen? Antworten Sie DOWN, oder"
    " rufen Sie {phone} an.",
    Phrase.PLEASE_PHONE_TEXT: "Wir können Ihre Nachricht gerade nicht lesen. Ist Ihre Produktion ausgefallen? Rufen Sie"
    " {phone} an.",
    Phrase.PUBLIC_OPENED: "Wir haben Ihre Meldung.",
    Phrase.PUBLIC_ACKNOWLEDGED: "{engineer} kümmert sich darum.",
    Phrase.PUBLIC_UPDATE: "{note}",
    Phrase.PUBLIC_REOPENED: "Wieder offen: wir rufen unseren Bereitschaftsdienst.",
    Phrase.PUBLIC_RESOLVED: "Gelöst. {note}",
    Phrase.TRACK_TITLE: "Vorfall {number}",
    Phrase.TRACK_TRIGGERED: "Wir rufen unseren Bereitschaftsdienst",
    Phrase.TRACK_TRIGGERED_MORE: "Wir rufen, bis jemand übernimmt.",
    Phrase.TRACK_ACKNOWLEDGED: "Ein Techniker kümmert sich darum",
    Phrase.TRACK_ACKNOWLEDGED_MORE: "Sie hören von uns, sobald es Neues gibt.",
    Phrase.TRACK_RESOLVED: "Gelöst",
    Phrase.TRACK_RESOLVED_MORE: "Nicht gelöst? Antworten Sie REOPEN {number} auf unsere SMS, oder rufen Sie uns an.",
    Phrase.TRACK_TIMELINE: "Was bisher geschah",
    Phrase.TRACK_NOTHING_YET: "Noch nichts.",
    Phrase.TRACK_TIMES: "Zeiten in {zone}.",
    Phrase.TRACK_REFRESH: "Diese Seite aktualisiert sich von selbst.",
    Phrase.TRACK_PHONE: "Etwas Neues? Rufen Sie {phone} an",
    Phrase.TRACK_GONE: "Hier ist nichts",
    Phrase.TRACK_GONE_MORE: "Der Link ist unvollständig, oder der Vorfall ist lange abgeschlossen.",
    Phrase.TRACK_AWAY: "Wir können dies gerade nicht zeigen. Bitte versuchen Sie es in einer Minute wieder.",
}
