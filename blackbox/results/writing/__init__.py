"""Tables and documents as people read them: in Markdown, LaTeX or HTML, with all text escaped."""
