{{ indicator_mart('SO-03', headline='assessed_level') }}
