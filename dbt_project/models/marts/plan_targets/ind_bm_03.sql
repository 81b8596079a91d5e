{{ indicator_mart('BM-03', headline='confirmed') }}
