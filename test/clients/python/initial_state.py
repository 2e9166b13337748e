"""Drives Initial State's ISStreamer: initial_state.py ACCESS_KEY, in a folder with isstreamer.ini."""
import os
import sys

from ISStreamer.Streamer import Streamer

access_key = sys.argv[1]


class Room:
    @property
    def humidity(self):
        return 41

    @property
    def name(self):
        return 'cellar'


def streamer(key, name, **options):
    return Streamer(bucket_name=name, bucket_key=key, access_key=access_key, ini_file_location='isstreamer.ini', **options)


calm = streamer('py_calm', 'Calm', use_async=False, debug_level=2)
for value in ['32', 32, 1.5, True, None, [1, 'a'], {'a': 1}, float('nan'), 'Grüße 😀']:
    calm.log('mixed', value, epoch=1419876021.778477)
calm.log('long' * 100, 1)
calm.log_object([1, 2], epoch=1000)
calm.log_object({'t': 20.5}, key_prefix='room', epoch=1001)
calm.log_object({'plain': 1}, key_prefix='', epoch=1002)
calm.log_object(Room(), epoch=1003)
calm.flush()
calm.set_bucket('Second', 'py_second')
calm.log('after', 1)
calm.close()

busy = streamer('py_busy', 'Busy')  # ships from threads, while its bucket is being made
for number in range(95):
    busy.log('n', number)
busy.close()

wrong = Streamer(
    bucket_name='Wrong', bucket_key='py_wrong', access_key='wrong', ini_file_location='isstreamer.ini', use_async=False,
    debug_level=1,
)
wrong.log('n', 1)
wrong.close()

assert not os.path.exists('err_missed_events.txt')
