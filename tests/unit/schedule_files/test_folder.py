"""The folder on disk."""

from pathlib import Path

import pytest

from oncall.errors import ConfigurationError
from oncall.schedule_files import read_folder


def test_every_yaml_file_is_read_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("b: 1\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")  # as some editors begin a file
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / ".hidden.yaml").write_text("x", encoding="utf-8")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert read_folder(tmp_path) == {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}


def test_a_folder_without_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no \*\.yaml file is in this folder"):
        read_folder(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such folder"):
        read_folder(tmp_path / "nowhere")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="give the path of the folder"):
        read_folder(tmp_path / "a.yaml")


def test_a_file_that_is_too_large_or_not_utf8_is_refused_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_bytes(b"#" * (256 * 1024 + 1))
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nname: Andr\xe9\n")
    with pytest.raises(ConfigurationError) as caught:
        read_folder(tmp_path)
    assert str(caught.value).splitlines() == [
        "big.yaml: is larger than 256 KiB; split it into several files",
        "latin.yaml:2:11: is not UTF-8; save the file as UTF-8",
    ]


def test_a_file_that_vanishes_while_the_folder_is_read_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    was_there = Path.is_file

    def there_and_then_gone(path: Path) -> bool:
        found = was_there(path)
        path.unlink()
        return found

    monkeypatch.setattr(Path, "is_file", there_and_then_gone)
    with pytest.raises(ConfigurationError, match=r"^a\.yaml: vanished while the folder was read; try again$"):
        read_folder(tmp_path)
