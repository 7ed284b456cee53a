"""Objects as text files in one directory, which all instances share by a bind mount."""

import errno
import os
import re
import tempfile

# No slash and no leading dot: an id cannot leave the directory nor name a temporary file.
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def is_id(text):
    return ID.fullmatch(text) is not None


class StoreFull(Exception):
    pass


class Store:
    def __init__(self, directory, max_objects):
        self.directory = directory
        self.max_objects = max_objects

    def ids(self):
        return sorted(name for name in os.listdir(self.directory) if is_id(name))

    def read(self, object_id):
        """The bytes of an object; FileNotFoundError where it is missing. A link is none: it may lead anywhere."""
        try:
            handle = os.open(self._path(object_id), os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise FileNotFoundError(object_id) from None
            raise
        with os.fdopen(handle, "rb") as file:
            return file.read()

    def write(self, object_id, content):
        """
        True where the object is new; StoreFull where it would be one too many (instances that write at once may each
        add one). A reader sees the whole old content or the whole new, never a part.
        """
        path = self._path(object_id)
        is_new = not os.path.exists(path)
        if is_new and len(os.listdir(self.directory)) >= self.max_objects:
            raise StoreFull
        handle, temporary = tempfile.mkstemp(prefix=".put-", dir=self.directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        return is_new

    def delete(self, object_id):
        """FileNotFoundError where the object is missing."""
        os.unlink(self._path(object_id))

    def delete_all(self):
        for object_id in self.ids():
            try:
                self.delete(object_id)
            except FileNotFoundError:
                pass  # another instance was faster

    def _path(self, object_id):
        assert is_id(object_id)
        return os.path.join(self.directory, object_id)
