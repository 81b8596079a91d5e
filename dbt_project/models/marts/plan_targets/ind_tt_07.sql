{{ indicator_mart('TT-07', headline='reported') }}
