"""The HTML report: whole, masked, without a reference to anything outside of it."""

import re
import shutil
import subprocess

import pytest

from simulator.network.settings import load_network
from simulator.report.html_report import html_report, write_html
from simulator.scenario import load_scenario
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.results import RunResult

TEXT = """
scenario: A load & its <end>
cast: {visitor: "9504020000000018"}
faults: [{on: issuer, inject: silent, at: 1s, for: 2s}]
steps:
  - balance: {at: GAB00001, card: visitor}
    expect: {available: 1.00}
load:
  cash:
    executor: constant-arrival-rate
    rate: 3/s
    duration: 6s
    terminals: gab
    cards: [visitor, amina]
    steps: [{withdraw: {at: "${terminal}", card: "${card}", amount: 20.00}}]
thresholds:
  response_time: ["p(50) < 20s"]
  dropped: ["count == 0"]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> RunResult:
    path = tmp_path_factory.mktemp("report") / "load.yaml"
    path.write_text(TEXT)
    scenario = load_scenario(path, load_network("local"))
    result = run_in_virtual_time(scenario, 3, lambda step: None, lambda: False)
    return RunResult("virtual", 3, (result,), 12.0)


def test_everything_is_in_one_page(run):
    page = html_report(run)
    assert not re.search(
        r"(?:src|href)\s*=\s*[\"'](?!#)", re.sub(r"xlink:href=\"#[^\"]*\"", "", page)
    )
    assert "<script" not in page
    assert page.count("<svg") == 6
    assert len(page.encode()) < 2_000_000


def test_what_went_wrong_is_told_with_its_messages(run):
    page = html_report(run)
    for words in (
        "FAILED",
        "available: expected 1.00, found 5000.00",
        "look next:",
        "0100 authorisation request",
        "issuer silent",
        "p(50) &lt; 20s",
    ):
        assert words in page


def test_card_numbers_are_masked_and_markup_is_escaped(run):
    page = html_report(run)
    assert "9504020000000018" not in page
    assert "950402******0018" in page
    assert "A load &amp; its &lt;end&gt;" in page


def test_the_same_run_gives_the_same_page(run):
    assert html_report(run) == html_report(run)


def test_a_fault_is_shaded_on_the_charts(run):
    [result] = run.scenarios
    assert [fault.what for fault in result.faults] == ["issuer silent"]
    assert result.faults[0].ended_s > result.faults[0].began_s
    assert html_report(run).count("issuer silent") >= 6


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium to open the page")
@pytest.mark.process
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_without_a_complaint(run, tmp_path, scheme):
    path, picture = tmp_path / "report.html", tmp_path / "report.png"
    write_html(run, path)
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    shown = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
            *(f"--user-data-dir={tmp_path}", *dark, "--window-size=1200,1600"),
            *(f"--screenshot={picture}", path.as_uri()),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert picture.stat().st_size > 20_000
    assert "CONSOLE" not in shown.stderr
