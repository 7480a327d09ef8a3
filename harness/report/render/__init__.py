"""A document as HTML, Markdown or text, and its charts as SVG."""
