{{ indicator_mart('TT-01', headline='reported') }}
