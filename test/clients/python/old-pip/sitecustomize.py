"""What a setup script of 2016 expects of pip 9, so that it runs under the pip of today. The package itself stays as it is."""
import sys
import types


class Requirement:
    def __init__(self, line):
        self.req = line


def parse_requirements(path, session=None):
    with open(path) as lines:
        return [Requirement(line.strip()) for line in lines if line.strip()]


for name, members in {
    'pip.req': {'parse_requirements': parse_requirements},
    'pip.download': {'PipSession': object},
}.items():
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
