/** Texts that tend to break something: as a key or a value of an event each of them is only text. */
export const naughtyTexts: readonly string[] = [
  '', ' ', '\t', '\n', '\r\n', '\0', 'a\0b', '\x01\x02\x1f', '\x7f', '\x85', '\u00a0', '\u200b', '\u200d', '\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff', '\ufffd',
  'undefined', 'null', 'NULL', 'nil', 'None', 'true', 'false', 'NaN', 'Infinity', '-Infinity', '0', '-0', '1', '1.0', '01', '1e400', '1e-400', '0x1F', '1/0', '１２３',
  '9007199254740993', '18446744073709551616', '2024-02-30', '2024-02-30T25:61:61Z', '__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf',
  'toJSON', 'then', 'length', '"', '\\', '\\"', '\\\\', "'", '`', '""', '\\u0000', '\\ud800', '/', '//', '/*', '*/', '{', '}', '[', ']', '{}', '[]', '{"a":1}', ':', ',',
  '"; drop table events; --', "'; drop table events; --", '" or ""="', '1; select 1', '${7*7}', '{{7*7}}', '#{7*7}', '<%= 7*7 %>', '%s%n%x', '%00', '%0d%0a', '$(id)', '`id`',
  '; id', '| id', '&& id', '../../etc/passwd', '..\\..\\x', 'C:\\con', 'file:///etc/passwd', 'http://[::1]/', 'javascript:alert(1)', '<script>alert(1)</script>',
  '</script>', '<!--', ']]>', '<![CDATA[', '&lt;', '&#0;', '=1+1', '+1', '-1+1', '@x', '\ud800', '\udc00', '\udc00\ud800', 'a\ud83d', '😀', '👩‍👩‍👧‍👦', '🏳️‍🌈', 'é', 'e\u0301', 'ﬁ', 'ß', 'İ', 'ı',
  'Z\u0351\u036b\u0343a\u0352l\u0369g\u0340o', '\u202etxet', '\u2066x\u2069', 'עברית', 'العربية', '日本語', '한국어', 'ไทย', '田中さんにあげて下さい', '𠜎𠜱𠝹𠱓', '𝕳𝖊𝖑𝖑𝖔', '\u{10ffff}',
  'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(17), 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), 'é'.repeat(255), '"'.repeat(100), '\\'.repeat(101), '\n'.repeat(100),
]
