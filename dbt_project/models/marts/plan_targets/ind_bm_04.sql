{{ indicator_mart('BM-04', headline='confirmed') }}
