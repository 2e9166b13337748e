"""Drives Panoply's SDK: panoply_writer.py URL APIKEY APISECRET. Prints each event that it fires."""
from __future__ import print_function

import sys
import time

import panoply

url, api_key, api_secret = sys.argv[1:]


def writer(key, secret):
    sdk = panoply.SDK(key, secret)
    sdk.qurl = sdk.qurl.replace('https://sqs.millrace.amazonaws.com', url)
    sdk.on('flush', lambda data: print('flush', data['res'].getcode()))
    sdk.on('error', lambda error: print('error', getattr(error, 'code', error)))
    return sdk


good = writer(api_key, api_secret)
good.write('py_panoply', {'n': 0, 'text': u'&=+%/\n"\\\u00fc', 'nested': {'a': [1, None]}, 'nan': float('nan')})
good.write('py_panoply_other', {'n': 0})
for number in range(1, 1001):
    good.write('py_panoply', {'n': number})
wrong = writer(api_key.replace('/', '/x'), api_secret)
wrong.write('py_panoply', {'n': 5000})
time.sleep(5)
