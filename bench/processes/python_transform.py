"""What users' code typically does: a sum, a part of a URL, a field left out, one renamed, one looked at."""


def transform(event):
    event['total'] = round(event['price'] * event['quantity'], 2)
    event['domain'] = event['url'].split('/')[2]
    event['customer'] = event.pop('user').lower()
    del event['session']
    if event['campaign'] == 'none':
        event['campaign'] = None
    return event
