{{ indicator_mart('BM-01', headline='confirmed') }}
