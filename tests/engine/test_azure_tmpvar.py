import time, sys
import pytest
from tests.engine import azure_variants as av
from tests.engine.conftest import MakeStack

@pytest.fixture
def recorder():
    yield from av.recording()

@pytest.mark.parametrize("variant", list(av.VARIANTS))
def test_v(make_stack, recorder, variant):
    t=time.time()
    stack = make_stack(av.program(av.words(variant, protect=False)))
    wanted = stack.preview().changes
    print(variant, wanted, 'preview', round(time.time()-t,1)); t=time.time()
    done = stack.up()
    print([e.diagnostic_event.message for e in stack.events if e.diagnostic_event and e.diagnostic_event.severity=='warning'])
    print(done.changes, 'up', round(time.time()-t,1)); t=time.time()
    print(stack.up(expect_no_changes=True).changes, 'again', round(time.time()-t,1)); t=time.time()
    print(stack.refresh(expect_no_changes=True).changes, 'refresh', round(time.time()-t,1)); t=time.time()
    print(stack.destroy().changes, 'destroy', round(time.time()-t,1)); t=time.time()
    print(stack.resources(), [o.name for o in recorder.resources.values()])
