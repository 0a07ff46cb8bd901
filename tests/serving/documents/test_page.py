"""The page to try a model, driven in Chromium against a real server of real models."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelwright.serving.documents import page as pages
from serving import tried
from serving.browser import chromium, needs_chromium
from serving.running import Server, running
from serving.tried import BIG, DIABETES, FOREST, HOSTILE

expect = pytest.importorskip("playwright.sync_api").expect
PATIENCE = 30_000  # milliseconds that a busy machine may take


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("models")
    with running(*tried.everything(root), log=root / "log") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


class Page:
    """The page as a person sees it."""

    def __init__(self, tab: Any, url: str, model: str) -> None:
        self.tab, self.url = tab, url
        self.said: list[str] = []
        self.asked: list[str] = []
        tab.on("console", lambda message: self.said.append(message.text))
        tab.on("pageerror", lambda error: self.said.append(str(error)))
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.set_default_timeout(PATIENCE)
        tab.goto(f"{url}/docs")
        expect(tab.locator("#json")).not_to_have_value("", timeout=PATIENCE)
        tab.get_by_label("Model", exact=True).select_option(label=model)

    def field(self, name: str, row: int = 0) -> Any:
        return self.tab.locator(f'[data-name="{name}"]').nth(row)

    @property
    def body(self) -> Any:
        return json.loads(self.tab.locator("#json").input_value())

    @body.setter
    def body(self, value: Any) -> None:
        self.tab.locator("#json").fill(value if isinstance(value, str) else json.dumps(value))

    def form(self, name: str) -> None:
        self.tab.get_by_label("Form", exact=True).select_option(label=name)

    def send(self) -> str:
        """Ask; what the status line says of the answer."""
        self.tab.evaluate("document.querySelector('#status').textContent = ''")
        self.tab.get_by_role("button", name="Send").click()
        return self.answered()

    def answered(self) -> str:
        status = self.tab.locator("#status")
        expect(status).to_have_text(re.compile(r"^(\d|No answer|Stopped)"), timeout=PATIENCE)
        text: str = status.text_content()
        return text

    def table(self) -> list[list[str]]:
        rows = self.tab.locator("#answer table tr")
        return [row.locator("th, td").all_text_contents() for row in rows.all()]

    def text(self, place: str) -> str:
        found: str = self.tab.locator(place).text_content()
        return found


@pytest.fixture
def opened(browser: Any, served: Server) -> Iterator[Any]:
    """Opens the page at a model; in the end nothing may have gone wrong or been asked of anybody else."""
    context = browser.new_context()
    found: list[Page] = []

    def at(model: str) -> Page:
        found.append(Page(context.new_page(), served.url, model))
        return found[-1]

    yield at
    for one in found:
        assert one.said == []
        assert all(url.startswith((served.url, "data:")) for url in one.asked)
        assert one.tab.evaluate("window.hacked") is None
    context.close()


@needs_chromium
def test_fill_send_and_see_the_answer(opened: Any) -> None:
    page = opened("progression")
    X = DIABETES[0].head(2)
    assert [page.field("bmi", row).input_value() for row in (0, 1)] == [str(value) for value in X["bmi"]]
    page.field("bmi").fill("40")
    assert page.body["dataframe_split"]["data"][0][2] == 40
    status = page.send()
    assert re.fullmatch(r"200 OK · [\d.]+ ms · \d+ bytes · request \S+", status)
    right = FOREST.predict(X.assign(bmi=[40.0, X["bmi"].iloc[1]]))
    assert page.table() == [["row", "prediction"], ["0", repr(float(right[0]))], ["1", repr(float(right[1]))]]


@needs_chromium
def test_each_column_has_a_field_of_its_type(opened: Any) -> None:
    page = opened("echo")
    labels = page.tab.locator("#fields label").all_text_contents()
    assert [label.replace("*", " ", 1) for label in labels] == [
        "who string", f"{HOSTILE} double", "n int64", "ok boolean", "tags string [n]", "raw bytes as base64",
        "when date-time", "notestring",
    ]  # fmt: skip
    assert page.field("ok").evaluate("one => one.tagName") == "SELECT"
    assert page.field("n").input_value() == str(BIG)
    assert page.field("tags").input_value() == '["x"]'
    assert page.field("note").get_attribute("aria-required") is None
    assert page.field("who").get_attribute("aria-required") == "true"


@needs_chromium
def test_values_come_back_as_they_were_sent_and_as_text(opened: Any) -> None:
    page = opened("echo")
    assert page.send().startswith("200")
    head, row = page.table()
    assert dict(zip(head, row, strict=True)) == {
        "row": "0", "who": HOSTILE, HOSTILE: "1.5", "n": str(BIG), "ok": "true", "tags": '["x"]', "raw": "aGk=",
        "when": "2024-01-31T00:00:00", "note": "null",
    }  # fmt: skip
    assert page.tab.locator("img").count() == 0


@needs_chromium
def test_the_fields_and_the_json_say_the_same(opened: Any) -> None:
    page = opened("echo")
    page.field("n").fill("9007199254740993")
    page.field("ok").select_option("false")
    page.field("tags").fill('["a", "b"]')
    page.field("note").fill("new")
    text = page.tab.locator("#json").input_value()
    (row,) = json.loads(text)["dataframe_split"]["data"]
    assert row[2:5] == [2**53 + 1, False, ["a", "b"]]
    assert row[-1] == "new"
    page.body = text.replace('"new"', "null").replace("false", "true").replace("9007199254740993", "7")
    assert [page.field(name).input_value() for name in ("n", "ok", "note")] == ["7", "true", ""]


@needs_chromium
def test_what_is_no_json_is_told_and_waits(opened: Any) -> None:
    page = opened("progression")
    text = page.tab.locator("#json").input_value()
    page.body = text[:-3]
    assert page.text("#json-trouble").startswith("Not JSON yet")
    assert page.tab.locator("#json").get_attribute("aria-invalid") == "true"
    assert page.send().startswith("400")
    assert "BAD_REQUEST" in page.text("#answer")
    page.body = text
    assert page.text("#json-trouble") == ""
    page.said.clear()  # the browser tells of the 400 itself


@needs_chromium
def test_a_value_of_another_type_is_marked_sent_and_refused(opened: Any) -> None:
    page = opened("progression")
    page.field("age").fill("old")
    assert page.field("age").get_attribute("aria-invalid") == "true"
    assert page.send().startswith("400")
    assert "column 'age' must be double" in page.text("#answer")
    page.field("age").fill("59")
    assert page.field("age").get_attribute("aria-invalid") == "false"
    page.said.clear()


@needs_chromium
def test_rows_are_added_and_removed(opened: Any) -> None:
    page = opened("progression")
    page.tab.get_by_role("button", name="Add a row").click()
    page.field("age", 2).fill("99")
    assert [row[0] for row in page.body["dataframe_split"]["data"]] == [59, 48, 99]
    page.tab.get_by_role("button", name="Remove row 0").click()
    assert [row[0] for row in page.body["dataframe_split"]["data"]] == [48, 99]
    page.tab.get_by_role("button", name="Back to the example").click()
    assert [row[0] for row in page.body["dataframe_split"]["data"]] == [59, 48]


@needs_chromium
@pytest.mark.parametrize("model", ["progression", "echo"])
def test_every_form_carries_the_same(opened: Any, model: str) -> None:
    page = opened(model)
    page.send()
    right = page.table()
    for form in ("dataframe_records", "instances", "inputs", "input_data", "dataframe_split"):
        page.form(form)
        assert next(iter(page.body)) == form
        page.body = page.body  # and back to the fields
        assert page.tab.get_by_label("Form", exact=True).input_value() == form
        assert page.send().startswith("200")
        assert page.table() == right


@needs_chromium
def test_params_have_fields(opened: Any) -> None:
    page = opened("echo")
    assert page.body["params"] == {"k": 4, "fail": False, "words": ["a"]}
    page.field("k").fill("7")
    page.field("words").fill("")
    assert page.body["params"] == {"k": 7, "fail": False}
    page.field("fail").select_option("true")
    assert page.send().startswith("400")
    assert HOSTILE in page.text("#answer")
    page.said.clear()


@needs_chromium
def test_other_methods_and_the_addresses_of_azure(opened: Any) -> None:
    page = opened("iris")
    methods = page.tab.get_by_label("Method")
    assert {"predict", "predict_proba", "score (Azure ML)"} <= set(methods.locator("option").all_text_contents())
    methods.select_option(label="predict_proba")
    assert page.send().startswith("200")
    assert page.table()[0] == ["row", "0", "1", "2"]
    methods.select_option(label="score (Azure ML)")
    assert page.send().startswith("200")
    assert page.table() == [["row", "prediction"], ["0", "0"]]


@needs_chromium
def test_an_answer_that_comes_piece_by_piece(opened: Any) -> None:
    page = opened("echo")
    page.tab.get_by_label("Method").select_option(label="predict_stream")
    assert page.send().startswith("200")
    assert page.text("#answer").split() == ['"one"', '"two"', '"three"']


@needs_chromium
def test_tensors_texts_and_what_is_not_known(opened: Any) -> None:
    page = opened("tensors")
    assert page.tab.locator("#fields label .type").all_text_contents() == ["float [n × 2]", "int64 [n]"]
    page.field("a").fill("[[1, 2], [3, 4]]")
    page.field("b").fill("[1, 2]")
    page.form("inputs")
    assert page.body == {"inputs": {"a": [[1, 2], [3, 4]], "b": [1, 2]}}
    page.form("instances")
    assert page.body == {"instances": [{"a": [1, 2], "b": 1}, {"a": [3, 4], "b": 2}]}
    assert page.send().startswith("200")
    page = opened("texts")
    page.field("value", 1).fill("<b>")
    assert page.send().startswith("200")
    assert page.table() == [["row", "prediction"], ["0", "a"], ["1", "<b>"]]
    page = opened("unknown")
    assert "neither a signature nor an example" in page.text("#origin")
    assert page.tab.locator("#fields *").count() == 0
    page.body = {"inputs": [1, 2]}
    assert page.send().startswith("200")


@needs_chromium
@pytest.mark.parametrize(
    ("model", "method"), [("progression", "predict"), ("echo", "predict"), ("iris", "score (Azure ML)")]
)
def test_the_code_does_the_same(opened: Any, model: str, method: str) -> None:
    page = opened(model)
    page.tab.get_by_label("Method").select_option(label=method)
    page.send()
    seen = json.loads(page.tab.locator("#answer pre").text_content())
    said = output(sys.executable, "-c", page.text("#python"))
    assert said.strip() == str(seen["predictions"] if isinstance(seen, dict) else seen)
    said = output("bash", "-c", page.text("#curl"))
    assert json.loads(said) == seen


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@needs_chromium
def test_by_keyboard_alone(opened: Any) -> None:
    page = opened("progression")
    page.tab.get_by_label("Method").focus()
    seen = []
    for _ in range(40):
        page.tab.keyboard.press("Tab")
        seen.append(page.tab.evaluate("document.activeElement.id || document.activeElement.dataset.name"))
        if page.tab.evaluate("document.activeElement.dataset.name") == "bmi":
            break
    page.tab.keyboard.press("ControlOrMeta+a")
    page.tab.keyboard.type("33")
    assert page.body["dataframe_split"]["data"][0][2] == 33, seen
    page.tab.keyboard.press("Control+Enter")
    assert page.answered().startswith("200")


@needs_chromium
def test_everything_has_a_name_that_can_be_read_aloud(opened: Any) -> None:
    for model in ("echo", "tensors", "unknown"):
        page = opened(model)
        nameless = page.tab.evaluate("""[...document.querySelectorAll("input, select, textarea, button")]
            .filter(one => !one.labels?.length && !one.ariaLabel && !one.textContent.trim())
            .map(one => one.outerHTML)""")
        assert nameless == []


@needs_chromium
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_window_in_light_and_dark(browser: Any, served: Server, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = Page(context.new_page(), served.url, "echo")
    page.send()
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    light = page.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(247, 247, 245)"
    assert light is (scheme == "light")
    context.close()


@needs_chromium
def test_a_server_that_is_gone_is_told(browser: Any, tmp_path: Path) -> None:
    with running(tried.texts(tmp_path / "texts"), log=tmp_path / "log") as server:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(f"{server.url}/docs")
        expect(tab.locator("#json")).not_to_have_value("", timeout=PATIENCE)
        server.process.kill()
        server.process.wait()
        tab.get_by_role("button", name="Send").click()
        expect(tab.locator("#status")).to_have_text("No answer", timeout=PATIENCE)
        assert "cannot be reached" in tab.locator("#answer").text_content()
        context.close()


def test_its_files_need_nothing_from_elsewhere() -> None:
    for name in pages.NAMES:
        found = pages.asset(name)
        assert found is not None
        text = found[0].decode()
        assert not re.search(r"https?://", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\son\w+=\"", text), name
    script, style = (pages.asset(name) for name in ("app.js", "app.css"))
    assert script is not None
    assert style is not None
    assert (script[1], style[1]) == ("text/javascript; charset=utf-8", "text/css; charset=utf-8")


@pytest.mark.parametrize("name", ["..", "__init__.py", "index.html", "nothing.js", "app.js/"])
def test_nothing_else_is_of_it(name: str) -> None:
    assert pages.asset(name) is None


def test_the_server_forbids_what_is_not_its_own(served: Server) -> None:
    for path in ("/docs", *(f"/docs/{name}" for name in pages.NAMES if name)):
        answer = served.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == pages.POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert served.client.get("/docs/nothing.js").status_code == 404
