"""Documents for people: Markdown made safe, plots, and one composition written as HTML, Markdown or PDF."""
