# Every command lives in tools/dev.py, so that it works without make too: `python3 tools/dev.py lab`.
PYTHON ?= python3

.PHONY: lab demo test learner check outputs newest record rewrite gallery site lite lock
lab:      ## set up if need be, and open the course in JupyterLab
demo:     ## set up if need be, and start the talk's chat for two browser tabs
test:     ## set up if need be, and run every test, then every notebook against its stored outputs
learner:  ## do every exercise, wrong and right, in JupyterLab in a headless browser
check:    ## lint, layout and types
outputs:  ## run the notebooks and store what they show
newest:   ## compare the notebooks' outputs under the newest versions allowed
record:   ## keep what the notebooks execute, for the browser, which has no threads
rewrite:  ## write anew what tests keep: the traces' digests, and computed tables in docs
gallery:  ## draw docs/gallery again: a picture of every view
site:     ## the course as web pages, with its outputs: build/site
lite:     ## the course in the browser, with nothing installed: build/lite/site (needs npm)
lock:     ## resolve the dependencies again

lab demo test learner check outputs newest record rewrite gallery site lite lock:
	@$(PYTHON) tools/dev.py $@
