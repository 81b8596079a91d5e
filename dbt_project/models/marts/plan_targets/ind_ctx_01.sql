{{ indicator_mart('CTX-01', headline='par_index') }}
