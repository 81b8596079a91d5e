"""Reading tables that people made: workbooks, pages, PDFs. Knows nothing of any one form."""
