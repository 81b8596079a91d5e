{{ indicator_mart('TTHC-06', headline='pooled') }}
