{{ indicator_mart('BM-02', headline='confirmed') }}
